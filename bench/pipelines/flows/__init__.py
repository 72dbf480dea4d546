"""Programs, each run in the environment of what it measures; none imports anything of ours."""
