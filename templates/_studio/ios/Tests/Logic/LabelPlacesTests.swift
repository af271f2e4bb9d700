import XCTest

@testable import App

final class LabelPlacesTests: XCTestCase {
    private let bounds = CGRect(x: 0, y: 0, width: 400, height: 500)

    func testALabelLiesAboveItsBox() {
        XCTAssertEqual(tops(of: [100]), [80])
    }

    func testWhereThereIsNoRoomAboveItLiesWithin() {
        XCTAssertEqual(tops(of: [10]), [10])
    }

    func testItStaysInThePicture() {
        XCTAssertEqual(tops(of: [510]), [480])
        XCTAssertEqual(tops(of: [-10]), [0])
    }

    func testABoundThatIsLowerThanALabelHasItAtItsTop() {
        var places = LabelPlaces(height: 20, bounds: CGRect(x: 0, y: 5, width: 400, height: 10), isCrowd: false)
        XCTAssertEqual(places.place(left: 0, width: 50, boxTop: 7)?.minY, 5)
    }

    func testLabelsMakeRoomForBetterOnes() {
        let tops = tops(of: Array(repeating: 200, count: 8))
        XCTAssertEqual(tops, [180, 200, 160, 220, 140, 240, 120, 180], "the last is shown all the same")
    }

    func testInACrowdLabelsAreLeftOut() {
        let tops = tops(of: Array(repeating: 200, count: 200), isCrowd: true)
        XCTAssertEqual(tops.compactMap { $0 }.count, 7)
        XCTAssertEqual(tops.prefix(7).compactMap { $0 }.count, 7)
    }

    func testLabelsBesideEachOtherShareALine() {
        var places = LabelPlaces(height: 20, bounds: bounds, isCrowd: true)
        XCTAssertEqual(places.place(left: 0, width: 50, boxTop: 100)?.minY, 80)
        XCTAssertEqual(places.place(left: 150, width: 50, boxTop: 100)?.minY, 80)
        XCTAssertEqual(places.place(left: 50, width: 100, boxTop: 100)?.minY, 80)
        XCTAssertEqual(places.place(left: 199, width: 50, boxTop: 100)?.minY, 100)
    }

    func testInACrowdNoLabelLiesOnALabelOrOutside() {
        var random = RandomNumbers(seed: 3)
        var places = LabelPlaces(height: 20, bounds: bounds, isCrowd: true)
        var found: [CGRect] = []
        for _ in 0..<300 {
            let width = Double.random(in: 10...120, using: &random)
            let left = Double.random(in: 0...(bounds.width - width), using: &random)
            let top = Double.random(in: -50...550, using: &random)
            guard let place = places.place(left: left, width: width, boxTop: top) else { continue }
            XCTAssertEqual(place.minX, left)
            XCTAssertEqual(place.width, width)
            XCTAssertGreaterThanOrEqual(place.minY, bounds.minY)
            XCTAssertLessThanOrEqual(place.maxY, bounds.maxY)
            for other in found { XCTAssertFalse(hasSharedArea(place, other), "\(place) on \(other)") }
            found.append(place)
        }
        XCTAssertGreaterThan(found.count, 20)
    }

    private func hasSharedArea(_ first: CGRect, _ second: CGRect) -> Bool {
        let shared = first.intersection(second)
        return shared.width > 1e-9 && shared.height > 1e-9
    }

    private func tops(of boxTops: [Double], isCrowd: Bool = false) -> [Double?] {
        var places = LabelPlaces(height: 20, bounds: bounds, isCrowd: isCrowd)
        return boxTops.map { (places.place(left: 0, width: 50, boxTop: $0)?.minY).map { Double($0) } }
    }
}
