"""What a request costs in CPU, as ratios against a bare Flask page in the same run."""
