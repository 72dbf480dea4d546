"""How long will this taxi ride take? New York's yellow taxis, from raw rides to a served prediction.

Enters: reading, cleaning, generating and modelling rides, and the story that ties them together.
Stays out: anything the churn story would need too; that lies one level up.
"""
