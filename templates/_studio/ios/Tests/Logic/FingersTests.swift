import XCTest

@testable import App

final class FingersTests: XCTestCase {
    private let here = CGPoint(x: 10, y: 20)
    private let there = CGPoint(x: 30, y: 40)

    func testOneFingerDrags() {
        XCTAssertFalse(Fingers().isDrag)
        XCTAssertTrue(after([.dragged(from: here)]).isDrag)
        XCTAssertTrue(after([.dragged(from: here), .dragged(from: here)]).isDrag)
    }

    func testTheFingersOfAPinchDrawNothing() {
        let pinching = after([.pinched, .dragged(from: here), .pinched])
        XCTAssertFalse(after([.pinched, .dragged(from: here)]).isDrag)
        XCTAssertFalse(pinching.isDrag)
        XCTAssertFalse(pinching.after(.released).after(.dragged(from: here)).isDrag, "one is still down")
        XCTAssertTrue(pinching.after(.released).after(.dragged(from: there)).isDrag)
    }

    func testADragThatBecomesAPinchIsNoneAnyMore() {
        let pinching = after([.dragged(from: here), .pinched])
        XCTAssertFalse(pinching.isDrag)
        XCTAssertFalse(pinching.after(.released).after(.dragged(from: here)).isDrag)
        XCTAssertTrue(pinching.after(.released).after(.dragged(from: there)).isDrag)
    }

    private func after(_ events: [Fingers.Event]) -> Fingers {
        events.reduce(Fingers()) { $0.after($1) }
    }
}
