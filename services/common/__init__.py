"""Code that the three services share. It imports none of them."""
