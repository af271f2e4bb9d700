"""How fast edgegen and its apps are: every figure measured beside what it is compared with, in one run."""
