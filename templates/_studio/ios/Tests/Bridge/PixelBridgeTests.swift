import XCTest

@testable import App

/// However a picture lies in memory, the boxes are those of the upright RGB picture, bit for bit.
final class PixelBridgeTests: BridgeTestCase {
    func testEveryFormatWithPaddedRows() throws {
        let detector = try detector()
        for picture in try goldenPictures() {
            let upright = Pixels(picture)
            let expected = try detect(upright, with: detector)
            for format in [PixelFormat.bgra, .rgba, .rgb] {
                for padding in [0, 1, 64] {
                    let other = upright.stored(as: format, padding: padding)
                    let what = "\(picture.name), format \(format.rawValue), padding \(padding)"
                    assertSame(try detect(other, with: detector), expected, what)
                }
            }
        }
    }

    func testEveryOrientation() throws {
        let detector = try detector()
        for picture in try goldenPictures() {
            let upright = Pixels(picture)
            let expected = try detect(upright, with: detector)
            for number in 1...8 {
                let turned = upright.stored(turned: try XCTUnwrap(ImageOrientation(rawValue: number)))
                assertSame(try detect(turned, with: detector), expected, "\(picture.name), orientation \(number)")
            }
        }
    }

    /// A grey picture is the same in all encodings of the full range, and as RGB.
    func testTwoPlanesOfGrey() throws {
        let detector = try detector()
        for picture in try goldenPictures() {
            let colours = Pixels(picture)
            let luma = stride(from: 0, to: colours.bytes.count, by: 3).map { colours.bytes[$0 + 1] }
            var grey = colours
            grey.bytes = luma.flatMap { [$0, $0, $0] }
            let expected = try detect(grey, with: detector)
            let chromaWidth = 2 * ((picture.width + 1) / 2)
            let chroma = [UInt8](repeating: 128, count: chromaWidth * ((picture.height + 1) / 2))
            for encoding in [YCbCrEncoding.bt601Full, .bt709Full] {
                let result = try detector.detect(
                    luma: luma, lumaBytesPerRow: picture.width, chroma: chroma, chromaBytesPerRow: chromaWidth,
                    width: picture.width, height: picture.height, encoding: encoding, orientation: .up)
                assertSame(result, expected, picture.name)
            }
        }
    }
}
