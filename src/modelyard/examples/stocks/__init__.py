"""What will an index cost tomorrow? A kfp pipeline from daily prices to a forecast that is served, if it deserves it.

Enters: reading, imputing and splitting prices, the network, what judges it, the steps made of these, and the story.
Stays out: anything the other stories would need too; that lies one level up.
"""
