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

    func testASharedPictureIsNoLargerThanAUsualPhoto() {
        for size in [CGSize(width: 4032, height: 3024), CGSize(width: 640, height: 480), CGSize(width: 1, height: 1)] {
            XCTAssertEqual(PhotoSize.shared(size), size)
        }
        for size in [CGSize(width: 8064, height: 6048), CGSize(width: 3000, height: 16_000)] {
            let shared = PhotoSize.shared(size)
            XCTAssertLessThanOrEqual(shared.width * shared.height, PhotoSize.mostShared)
            XCTAssertGreaterThan(shared.width * shared.height, 0.99 * PhotoSize.mostShared)
            XCTAssertEqual(shared.width / shared.height, size.width / size.height, accuracy: 0.001)
        }
        XCTAssertEqual(PhotoSize.shared(CGSize(width: 50_000_000, height: 1)), CGSize(width: 25_000_000, height: 1))
    }

    func testAStripeOfAnyLengthHasASide() {
        XCTAssertEqual(PhotoSize.longestSide(width: 1 << 40, height: 1 << 40), 7071)
        XCTAssertEqual(PhotoSize.longestSide(width: Int.max, height: Int.max), 7071)
    }
}
