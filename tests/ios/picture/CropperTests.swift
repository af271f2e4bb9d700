import CoreGraphics
import XCTest

@testable import App

/// Crops of frames and photos in each orientation, and README's result processor that saves them.
final class CropperTests: XCTestCase {
    private let cropper = Cropper()
    private let box = CGRect(x: 1, y: 2, width: 2, height: 2)  // not in the middle

    func testCropOfAFrameHasThePixelsOfTheUprightPicture() throws {
        for (orientation, rows) in stored {
            let picture = cropper.picture(of: Pixels(rows), orientation, size: size)
            XCTAssertEqual(try XCTUnwrap(picture.crop(of: box)).rows, upright.part(box), "\(orientation)")
            let all = CGRect(origin: .zero, size: size)
            XCTAssertEqual(picture.crop(of: all.insetBy(dx: -1, dy: -1))?.rows, upright, "\(orientation)")
        }
    }

    func testCropOfAPhotoHasThePixelsOfTheUprightPicture() throws {
        for (orientation, rows) in stored {
            let picture = cropper.picture(of: Pixels(rows) as CGImage?, orientation, size: size)
            XCTAssertEqual(try XCTUnwrap(picture.crop(of: box)).rows, upright.part(box), "\(orientation)")
        }
    }

    func testNothingIsMadeBeforeACropAndOneContextForAll() {
        let before = CIContext.count
        let cropper = Cropper()
        var reads = 0
        func photo() -> CGImage? {
            reads += 1
            return Pixels(upright)
        }
        let picture = cropper.picture(of: photo(), .up, size: size)
        XCTAssertEqual(picture.size, size)
        XCTAssertNil(picture.crop(of: .zero))
        XCTAssertEqual([reads, CIContext.count], [0, before])
        XCTAssertNotNil(picture.crop(of: box))
        XCTAssertNotNil(picture.crop(of: box))
        XCTAssertEqual([reads, CIContext.count], [2, before + 1])
        XCTAssertNil(cropper.picture(of: nil, .up, size: size).crop(of: box))
    }

    func testReadmesProcessorSavesTheFirstObjectOfEachClass() throws {
        let rows = (0..<100).map { y in (0..<200).map { x in 1000 * y + x } }
        var (processor, result) = (ResultProcessor(), VisionResult.sample())
        let places = result.boxes.map(\.frame)
        result.boxes[1].frame = CGRect(x: 190, y: -10, width: 30, height: 40)  // beyond a corner
        result.boxes[2].frame = places[2].offsetBy(dx: 1, dy: 1)  // the second of its class
        let picture = cropper.picture(of: Pixels(rows), .up, size: result.size)
        let files = [0, 1].map { URL.documentsDirectory.appending(path: "class \($0).jpg") }
        XCTAssertEqual(processor.process(&result, picture: picture), "2 saved")
        let saved = try files.map { try JSONDecoder().decode([[Int]].self, from: Data(contentsOf: $0)) }
        XCTAssertEqual(saved, [rows.part(places[0]), rows.part(CGRect(x: 190, y: 0, width: 10, height: 30))])

        result.boxes[0].frame = places[0].offsetBy(dx: 5, dy: 5)
        XCTAssertEqual(processor.process(&result, picture: picture), "2 saved")
        XCTAssertEqual(try JSONDecoder().decode([[Int]].self, from: Data(contentsOf: files[0])), saved[0])
        try FileManager.default.removeItem(at: .documentsDirectory)
    }
}

extension [[Int]] {
    fileprivate func part(_ box: CGRect) -> [[Int]] {
        self[Int(box.minY)..<Int(box.maxY)].map { [Int]($0[Int(box.minX)..<Int(box.maxX)]) }
    }
}
