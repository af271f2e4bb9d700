"""Tests of swift_view: the Swift interface of an Objective-C header, by the rules of Swift's importer."""

import re
from pathlib import Path

import pytest

from edgegen_kits.common.commands import Commands
from edgegen_kits.ios.kit import Kit
from edgegen_kits.ios.swift_compiler import Compiler, Module, problems
from edgegen_kits.ios.swift_view import HeaderError, interface

# Every supported member: (Objective-C, its line in the Swift interface).
MEMBERS = [
    ("@property(nonatomic, readonly) float left;", "public var left: Float { get }"),
    ("@property(nonatomic) NSUInteger count;", "public var count: UInt { get set }"),
    ("@property(nonatomic, copy, nullable) NSString *name;", "public var name: String? { get set }"),
    ("@property(class, readonly) NSArray<NSNumber *> *all;", "public class var all: [NSNumber] { get }"),
    ("@property(readonly, getter=isDone) BOOL done;", "public var isDone: Bool { get }"),
    ("@property(readonly) Other *usual NS_SWIFT_NAME(standard);", "public var standard: Another { get }"),
    ("@property(readonly, nullable) NSError *why;", "public var why: (any Error)? { get }"),
    ("@property(readonly) NSDictionary<NSString *, NSData *> *d;", "public var d: [String: Data] { get }"),
    ("@property(readonly) NSSet<NSURL *> *places;", "public var places: Set<URL> { get }"),
    ("@property(readonly) NSArray<NSArray<NSString *> *> *rows;", "public var rows: [[String]] { get }"),
    ("@property(readonly) Kind kind;", "public var kind: Sort { get }"),
    ("@property(readonly) unsigned int a;", "public var a: UInt32 { get }"),
    ("- (void)stop;", "public func stop()"),
    ("- (NSInteger)next;", "@discardableResult public func next() -> Int"),
    ("- (double)mean NS_WARN_UNUSED_RESULT;", "public func mean() -> Double"),
    ("- (nullable id)thing;", "@discardableResult public func thing() -> Any?"),
    (
        "- (BOOL)save:(NSURL *)place error:(NSError **)error NS_SWIFT_NAME(save(to:));",
        "public func save(to place: URL) throws",
    ),
    (
        "- (nullable Other *)at:(NSInteger)i error:(NSError *_Nullable *_Nullable)e NS_SWIFT_NAME(at(_:));",
        "@discardableResult public func at(_ i: Int) throws -> Another",
    ),
    (
        "+ (nullable NSData *)read:(const void *)bytes into:(uint8_t *)out NS_SWIFT_NAME(read(bytes:into:));",
        "@discardableResult public class func read(bytes: UnsafeRawPointer, "
        "into out: UnsafeMutablePointer<UInt8>) -> Data?",
    ),
    (
        "- (void)take:(nullable const float *)values NS_SWIFT_NAME(take(_:));",
        "public func take(_ values: UnsafePointer<Float>?)",
    ),
    (
        "- (nullable instancetype)initWithPath:(NSString *)path error:(NSError **)error\n"
        "    NS_DESIGNATED_INITIALIZER NS_SWIFT_NAME(init(path:));",
        "public init(path: String) throws",
    ),
    (
        "- (nullable instancetype)initWithCode:(int)code NS_SWIFT_NAME(init(code:));",
        "public convenience init?(code: Int32)",
    ),
    ("- (instancetype)init NS_UNAVAILABLE;", ""),
    ("+ (instancetype)new NS_UNAVAILABLE;", ""),
]
OTHERS = """\
// A comment with @interface in it.
@class Thing; /* and
another */
extern NSErrorDomain const TroubleDomain;
FOUNDATION_EXPORT NSInteger const Most NS_SWIFT_NAME(most);

typedef NS_ENUM(NSInteger, Kind) {
  KindOne,
  KindTwo NS_SWIFT_NAME(second) = 7,
  KindDefault
} NS_SWIFT_NAME(Sort);
typedef NS_CLOSED_ENUM(uint8_t, Side) { SideLeft, SideRight };
typedef NS_OPTIONS(NSUInteger, Marks) { MarksBold = 1 << 0, MarksThin = 1 << 1 };
typedef NS_ERROR_ENUM(TroubleDomain, TroubleCode) { TroubleCodeLost = 1 } NS_SWIFT_NAME(Trouble);

NS_SWIFT_NAME(Another) @interface Other : NSObject
@end

NS_SWIFT_UI_ACTOR @interface Screen : Other <NSCopying>
- (void)draw;
@end

@interface Other (More)
- (void)more;
@end
"""
USE = """\
import Foundation
import Seen

func use(_ thing: Thing) throws -> Double {
  try thing.save(to: URL(fileURLWithPath: thing.standard.description))
  switch thing.kind {
  case .one, .second, .default: return thing.mean()
  @unknown default: return 0
  }
}

func isLost(_ error: any Error) -> Bool {
  if case Trouble.lost = error { true } else { false }
}
"""
SEEN = """\
public let TroubleDomain: String
public let most: Int
public enum Sort: Int, @unchecked Sendable {
  case one
  case second = 7
  case `default`
@frozen public enum Side: UInt8, @unchecked Sendable {
public struct Marks: OptionSet, Sendable {
  public static var bold: Marks { get }
public struct Trouble: CustomNSError, Hashable, @unchecked Sendable {
    case lost = 1
  public static var lost: Code { get }
open class Another: NSObject {
  override public init()
@MainActor open class Screen: Another {
  open func draw()
extension Another {
  public func more()
"""


def header(folder: Path, text: str, begin: str = "NS_ASSUME_NONNULL_BEGIN") -> Path:
    """Write a header with this text."""
    path = folder / "Bridge.h"
    content = f"#import <Foundation/Foundation.h>\n{begin}\n{text}\nNS_ASSUME_NONNULL_END\n"
    path.write_text(content, encoding="utf-8")
    return path


def thing(members: str, attributes: str = "__attribute__((objc_subclassing_restricted))") -> str:
    """Return a class declaration with these members."""
    return f"{attributes} @interface Thing : NSObject\n{members}\n@end"


def seen(folder: Path, text: str) -> str:
    """Return the Swift interface of a header with this text."""
    return interface("Seen", header(folder, text), folder, folder)


@pytest.mark.full
def test_swift_view_of_every_supported_construct_compiles_and_matches(ios_kit: Kit, tmp_path: Path) -> None:
    text = seen(tmp_path, OTHERS + thing("\n".join(line for line, _ in MEMBERS)))
    lines = text.splitlines()
    for line in SEEN.splitlines():
        assert line in lines, text
    for line, expected in MEMBERS:
        if expected:
            assert f"  {expected}" in lines, f"{line}\n{text}"
    assert "@_hasMissingDesignatedInitializers final public class Thing: NSObject {" in lines
    assert "new" not in text
    (tmp_path / "Seen.swiftinterface").write_text(text, encoding="utf-8")
    source = tmp_path / "use.swift"
    source.write_text(USE, encoding="utf-8")
    with Commands() as commands:
        said = Compiler(ios_kit, tmp_path, commands).run_uncached(
            Module("Use", [source], [tmp_path]), "-emit-sil", "-o", "/dev/null"
        )
    assert problems(said, "Use", tmp_path) == []


def test_swift_view_makes_only_annotated_classes_sendable(tmp_path: Path) -> None:
    assert "class Thing: NSObject, @unchecked Sendable {" in seen(tmp_path, thing("", "NS_SWIFT_SENDABLE"))
    assert "Sendable" not in seen(tmp_path, thing(""))


def test_swift_view_inherits_init_unless_it_is_unavailable_or_replaced(tmp_path: Path) -> None:
    other = "- (nullable instancetype)initWithCode:(int)code NS_SWIFT_NAME(init(code:));"
    assert "override public init()" in seen(tmp_path, thing(""))
    assert "override public init()" in seen(tmp_path, thing("- (instancetype)init;"))
    assert "init()" not in seen(tmp_path, thing("- (instancetype)init NS_UNAVAILABLE;"))
    assert "init()" not in seen(tmp_path, thing(other))


def test_swift_view_reads_each_imported_header_once_and_names_a_missing_one(tmp_path: Path) -> None:
    """Headers that nothing imports are not visible, as in Xcode."""
    folder = tmp_path / "include" / "Core"
    folder.mkdir(parents=True)
    for name, imported, text in (
        ("A.h", "", "typedef NS_ENUM(NSInteger, A) { AOne };"),
        ("B.h", "#import <Core/A.h>\n", thing("@property(readonly) A a;")),
        ("All.h", "#import <Core/B.h>\n#import <Core/A.h>\n", ""),
        ("Lost.h", "", "typedef NS_ENUM(NSInteger, Lost) { LostOne };"),
    ):
        inside = f"NS_ASSUME_NONNULL_BEGIN\n{text}\nNS_ASSUME_NONNULL_END\n" if text else ""
        (folder / name).write_text(f"#pragma once\n#import <Foundation/Foundation.h>\n{imported}{inside}")
    (tmp_path / "Bridging.h").write_text("#import <Core/All.h>\n")
    text = interface("Seen", tmp_path / "Bridging.h", tmp_path / "include", tmp_path)
    assert text.count("enum A:") == 1
    assert text.index("enum A:") < text.index("class Thing:")
    assert "Lost" not in text
    (tmp_path / "Bridging.h").write_text("#import <Core/All.h>\n#import <Core/None.h>\n")
    with pytest.raises(HeaderError, match=r"^Bridging\.h:2: there is no header Core/None\.h$"):
        interface("Seen", tmp_path / "Bridging.h", tmp_path / "include", tmp_path)


REFUSED = [
    ("@property(readonly) long long b;", "unknown type: long long"),
    ("@property(readonly) NSArray *list;", "a collection without its elements' type: NSArray"),
    ("@property(readonly) NSMutableArray<NSString *> *list;", "not read as a collection: NSMutableArray"),
    ("@property(readonly) Unknown *other;", r"unknown type: Unknown \*"),
    ("@property(readonly) NSString **other;", r"unknown type: NSString \*\*"),
    ("@property(readonly, nullable) NSInteger count;", "a plain value cannot be nullable"),
    ("@property(readonly, getter=theName) NSString *name;", "only a BOOL is named after its getter"),
    ("@property(readonly, setter=put:) NSInteger count;", "not read in a property: setter=put:"),
    ("@property(readonly) float x, y;", "';' is expected, not ','"),
    ("@property(copy) void (^done)(void);", "a block, a function or an array is not read"),
    ("- (void)take:(NSInteger)one;", "give take: an NS_SWIFT_NAME"),
    ("- (BOOL)save:(NSError **)error;", "give save: an NS_SWIFT_NAME"),
    ("- (void)take:(NSInteger)one NS_SWIFT_NAME(take(one:two:));", "2 labels for 1 arguments"),
    ("- (void)take:(NSInteger)one NS_SWIFT_NAME(take);", r"must read name\(label:_:\)"),
    ("- (NSInteger)a:(NSError **)e NS_SWIFT_NAME(a());", "the result must be BOOL or nullable"),
    ("- (BOOL)a:(NSError **)e b:(int)b NS_SWIFT_NAME(a(e:b:));", r"the NSError \*\* must be the last"),
    ("- (instancetype)initA:(NSError **)e NS_SWIFT_NAME(init());", "an initialiser must be nullable"),
    ("- (nullable instancetype)initA NS_SWIFT_NAME(make());", "an initialiser is called init"),
    ("- (void)a NS_REFINED_FOR_SWIFT;", "is expected, not 'NS_REFINED_FOR_SWIFT'"),
    ("- (void)a API_AVAILABLE(ios(18));", "is expected, not 'API_AVAILABLE'"),
    ("#if TARGET_OS_IOS", "not read: #if TARGET_OS_IOS"),
    ("- (void)a:(char[])text NS_SWIFT_NAME(a(_:));", "a block, a function or an array is not read"),
    ("int $a;", "not read: \\$a;"),
]


@pytest.mark.parametrize(("member", "why"), REFUSED)
def test_swift_view_rejects_an_ambiguous_member_with_file_and_line(
    member: str, why: str, tmp_path: Path
) -> None:
    with pytest.raises(HeaderError, match=rf"^Bridge\.h:6: .*{why}"):
        seen(tmp_path, thing("- (void)stop;\n\n" + member))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("typedef NS_ENUM(NSInteger, A) { AURLMissing };", "give AURLMissing an NS_SWIFT_NAME"),
        ("typedef NS_ENUM(NSInteger, A) { Other };", "give Other an NS_SWIFT_NAME"),
        ("typedef NS_ENUM(NSInteger, A) { AOne = B | C };", r"not read as a value: B\|C"),
        ("typedef NS_ENUM(NSInteger, A) { AOne NS_SWIFT_NAME(one), ATwo NS_SWIFT_NAME(one) };", "same name"),
        ("typedef struct { int a; } A;", "not read: typedef struct"),
        ("void function(void);", "not read: void"),
        ("@protocol Delegate", "not read: @protocol"),
        ("@interface A : UIView\n@end", "not read as a parent: UIView"),
        (
            "NS_SWIFT_NAME(A.B) @interface A : NSObject\n@end",
            r"not read as a type's name: NS_SWIFT_NAME\(A\.B\)",
        ),
        ("@interface A : NSObject\n@end\n@interface A : NSObject\n@end", "there are two types A"),
        ("__attribute__((packed)) @interface A : NSObject\n@end", r"not read: __attribute__\(\(packed\)\)"),
        ("@interface A : NSObject", "the header ends in the middle of a declaration"),
    ],
)
def test_swift_view_rejects_an_unsupported_declaration(text: str, why: str, tmp_path: Path) -> None:
    """Skipping it silently would hide it from the compiler."""
    with pytest.raises(HeaderError, match=rf"^Bridge\.h:\d+: .*{why}"):
        seen(tmp_path, text)


def test_swift_view_rejects_declarations_outside_of_assume_nonnull(tmp_path: Path) -> None:
    """There, Swift would import every pointer as an implicitly unwrapped optional."""
    path = header(tmp_path, thing(""), begin="")
    with pytest.raises(HeaderError, match=r"not between NS_ASSUME_NONNULL_BEGIN and NS_ASSUME_NONNULL_END"):
        interface("Seen", path, tmp_path, tmp_path)


@pytest.mark.full
def test_swift_view_of_the_bridge_has_the_classes_and_members_of_the_contract(tiny_ios: Path) -> None:
    project = tiny_ios
    headers = project / "Bridge" / "include"
    text = interface("Seen", headers / "VisionCore" / "VisionCore.h", headers, project)
    lines = {
        re.sub(r"@_hasMissingDesignatedInitializers |@discardableResult |final ", "", line.strip())
        for line in text.splitlines()
    }
    assert not CONTRACT - lines, text
    assert set(re.findall(r"public (?:class|enum|struct) (\w+): ", "\n".join(lines))) == {
        *("Code", "Detection", "DetectionResult", "Detector", "DetectorCapture", "DetectorError"),
        "GoldenPicture",
        *("GoldenVectors", "ImageOrientation", "ModelInfo", "PixelFormat", "SelfCheck", "SelfCheckReport"),
        *("SelfCheckStage", "Thresholds", "Tracker", "YCbCrEncoding"),
    }


CONTRACT = set(
    """\
public init(confidence: Double, iou: Double, maxDetections: Int, classAgnostic: Bool) throws
public class var standard: Thresholds { get }
public var isClassAgnostic: Bool { get }
public var detections: [Detection] { get }
public var classIndex: Int { get }
public class var classNames: [String] { get }
public init(modelPath: String, threads: Int) throws
public var thresholds: Thresholds { get set }
public func detect(bytes: UnsafeRawPointer, width: Int, height: Int, bytesPerRow: Int, \
pixelFormat: PixelFormat, orientation: ImageOrientation) throws -> DetectionResult
public func detect(luma: UnsafeRawPointer, lumaBytesPerRow: Int, chroma: UnsafeRawPointer, \
chromaBytesPerRow: Int, width: Int, height: Int, encoding: YCbCrEncoding, \
orientation: ImageOrientation) throws -> DetectionResult
public init(path: String) throws
public func picture(at index: Int) throws -> GoldenPicture
public class func run(modelPath: String, vectorsPath: String) throws -> SelfCheckReport
public var isPassed: Bool { get }
public class Detection: NSObject, @unchecked Sendable {
public class Thresholds: NSObject, @unchecked Sendable {
public class SelfCheckReport: NSObject, @unchecked Sendable {
public class Detector: NSObject {
public class var leastScore: Double { get }
public func follow(_ result: DetectionResult) throws -> [Detection]
case leftMirrored = 5
case bt709Video
case bgra
case vectorsUnreadable = 10
""".splitlines()
)
