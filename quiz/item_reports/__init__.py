"""Items that learners find something wrong with: reported, answered, mended."""
