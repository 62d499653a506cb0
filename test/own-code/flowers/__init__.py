"""What somebody wrote for a model of flowers, and what the model's pickle names: for --code."""
