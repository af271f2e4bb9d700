// Everything that Swift sees of the detector. Include this one.
#import <VisionCore/VCDetection.h>
#import <VisionCore/VCDetector.h>
#import <VisionCore/VCError.h>
#import <VisionCore/VCGoldenVectors.h>
#import <VisionCore/VCImage.h>
#import <VisionCore/VCModelInfo.h>
#import <VisionCore/VCSelfCheck.h>
#import <VisionCore/VCThresholds.h>
