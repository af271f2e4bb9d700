// Everything that Swift sees of the detector. Include this one.
#import <VisionCore/EDGDetectionResult.h>
#import <VisionCore/EDGDetector.h>
#import <VisionCore/EDGError.h>
#import <VisionCore/EDGGoldenVectors.h>
#import <VisionCore/EDGImage.h>
#import <VisionCore/EDGModelInfo.h>
#import <VisionCore/EDGSelfCheck.h>
#import <VisionCore/EDGThresholds.h>
