// Replaces the umbrella header of ExecuTorch's Swift package, which declares its Objective-C classes.
#import <Foundation/Foundation.h>

@interface ExecuTorchModule : NSObject
@end
