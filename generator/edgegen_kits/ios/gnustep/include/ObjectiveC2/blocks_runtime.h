// GNUstep looks for it here.
#include <Block.h>
