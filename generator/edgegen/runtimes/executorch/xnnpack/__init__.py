"""The backend XNNPACK: the rewrites and int8 rules that let it run a whole model."""
