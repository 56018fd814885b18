"""Where rows of real data sets come from: folders, files, the hub, in that order."""
