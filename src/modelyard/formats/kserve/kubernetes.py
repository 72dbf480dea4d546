"""Names of Kubernetes' own fields that may stand in a document and mean nothing on one machine."""

METADATA = frozenset(
    {"creationTimestamp", "finalizers", "generation", "managedFields", "ownerReferences", "resourceVersion"}
    | {"selfLink", "uid", "deletionTimestamp", "deletionGracePeriodSeconds", "generateName"}
)
POD = frozenset(
    {"activeDeadlineSeconds", "affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy"}
    | {"enableServiceLinks", "ephemeralContainers", "hostAliases", "hostIPC", "hostNetwork", "hostPID", "hostUsers"}
    | {"hostname", "imagePullSecrets", "initContainers", "nodeName", "nodeSelector", "os", "overhead"}
    | {"preemptionPolicy", "priority", "priorityClassName", "readinessGates", "resourceClaims", "restartPolicy"}
    | {"runtimeClassName", "schedulerName", "schedulingGates", "securityContext", "serviceAccount"}
    | {"setHostnameAsFQDN", "shareProcessNamespace", "subdomain", "terminationGracePeriodSeconds", "tolerations"}
    | {"topologySpreadConstraints", "volumes"}
)
CONTAINER = frozenset(
    {"args", "command", "envFrom", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports"}
    | {"readinessProbe", "resizePolicy", "restartPolicy", "securityContext", "startupProbe", "stdin", "stdinOnce"}
    | {"terminationMessagePath", "terminationMessagePolicy", "tty", "volumeDevices", "volumeMounts", "workingDir"}
)
_SUFFIXES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "": 1}


def quantity_bytes(text: str) -> int:
    """Bytes of a quantity such as 512Mi or 2G. Raises ValueError."""
    number = text.rstrip("KMGTik")
    return int(float(number) * _SUFFIXES[text[len(number) :]])
