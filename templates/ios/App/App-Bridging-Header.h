// What the app's Swift sees of the bridge: every file of the app, without an import.
#import <VisionCore/VisionCore.h>
