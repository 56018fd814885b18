"""Results that leave and enter: XTREME's folders of predictions, and tables made elsewhere."""
