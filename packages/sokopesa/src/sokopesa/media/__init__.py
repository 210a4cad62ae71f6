"""Files that people send: photos, videos and papers, private and without what they tell about the sender."""
