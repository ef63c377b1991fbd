"""What is true of lessons, papers, scores and ranks, whatever the web page looks like."""
