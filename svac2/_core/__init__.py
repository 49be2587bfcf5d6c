"""The compiled core: thin functions over csrc/include/svac2.h, used by svac2.api only."""
