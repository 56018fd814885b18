"""What Xfer is compared with: other libraries, used the way their own documentation does."""
