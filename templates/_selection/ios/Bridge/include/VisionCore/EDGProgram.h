// The extra programs of the app: forms of the model for faster backends.
#import <Foundation/Foundation.h>

NS_ASSUME_NONNULL_BEGIN

__attribute__((objc_subclassing_restricted)) NS_SWIFT_NAME(Program) NS_SWIFT_SENDABLE
@interface EDGProgram : NSObject

/// All extra programs. The reference, model.pte, is not one of them.
@property(class, nonatomic, readonly, copy) NSArray<EDGProgram *> *all;

/// The name of its file, such as "model.coreml.pte".
@property(nonatomic, readonly, copy) NSString *file;
/// Such as "coreml".
@property(nonatomic, readonly, copy) NSString *backend;
/// Such as "Core ML".
@property(nonatomic, readonly, copy) NSString *title;
/// Such as "float16".
@property(nonatomic, readonly, copy) NSString *precision;
/// Of the file, 64 hexadecimal digits.
@property(nonatomic, readonly, copy) NSString *sha256;

- (instancetype)init NS_UNAVAILABLE;
+ (instancetype)new NS_UNAVAILABLE;

@end

NS_ASSUME_NONNULL_END
