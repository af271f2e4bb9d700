import XCTest

@testable import App

final class PhotoSizeTests: XCTestCase {
    func testWhatAPhoneTakesIsLookedAtAsItIs() {
        for (width, height) in [(4032, 3024), (8064, 6048), (1, 1), (10_000, 5000)] {
            XCTAssertNil(PhotoSize.longestSide(width: width, height: height))
        }
    }

    func testWhatIsTooLargeIsMadeAsLargeAsMayBe() {
        var random = RandomNumbers(seed: 6)
        for _ in 0..<500 {
            let width = Int.random(in: 1...100_000, using: &random)
            let height = Int.random(in: 1...100_000, using: &random)
            guard let side = PhotoSize.longestSide(width: width, height: height) else {
                XCTAssertLessThanOrEqual(width * height, PhotoSize.most)
                continue
            }
            XCTAssertGreaterThan(width * height, PhotoSize.most)
            let scale = Double(side) / Double(max(width, height))
            let pixels = Double(width) * scale * Double(height) * scale
            XCTAssertLessThanOrEqual(pixels, Double(PhotoSize.most))
            XCTAssertGreaterThan(pixels, 0.99 * Double(PhotoSize.most))
        }
    }

    func testAStripeOfAnyLengthHasASide() {
        XCTAssertEqual(PhotoSize.longestSide(width: 1 << 40, height: 1 << 40), 7071)
        XCTAssertEqual(PhotoSize.longestSide(width: Int.max, height: Int.max), 7071)
    }
}
