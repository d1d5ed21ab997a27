"""``#[…]``: values that are worked out for each request, in CEL."""
