import XCTest

@testable import App

final class PaceTests: XCTestCase {
    func testAWarmDeviceIsSparedAndACoolOneIsNot() {
        XCTAssertEqual(Pace(heat: .nominal, isSavingPower: false), .full)
        XCTAssertEqual(Pace(heat: .fair, isSavingPower: false), .full)
        XCTAssertEqual(Pace(heat: .serious, isSavingPower: false).interval, 0.2)
        XCTAssertEqual(Pace(heat: .critical, isSavingPower: false).interval, 0.2)
        XCTAssertEqual(Pace(heat: .fair, isSavingPower: true).interval, 1.0 / 15)
        XCTAssertEqual(Pace(heat: .serious, isSavingPower: true).interval, 0.2, "heat matters more")
    }

    func testTheFirstFrameIsAlwaysDue() {
        XCTAssertTrue(Pace(heat: .serious, isSavingPower: false).isDue(at: 5, last: nil))
    }

    func testAClockThatWentBackIsNoReasonToWait() {
        XCTAssertTrue(Pace(heat: .serious, isSavingPower: false).isDue(at: 5, last: 100))
    }

    func testAFrameOfTheSameTimeIsNotDueAgain() {
        XCTAssertFalse(Pace(heat: .serious, isSavingPower: false).isDue(at: 5, last: 5))
    }

    func testOfThirtyFramesInASecondAsManyAreLookedAtAsThePaceAllows() {
        func looks(_ pace: Pace) -> Int {
            var last: Double?
            var count = 0
            for frame in 0..<300 {
                // A camera's frames come a little early or late.
                let time = Double(frame) / 30 + (frame % 2 == 0 ? 0.0002 : -0.0002)
                guard pace.isDue(at: time, last: last) else { continue }
                last = time
                count += 1
            }
            return count
        }
        XCTAssertEqual(looks(.full), 300)
        XCTAssertEqual(looks(Pace(heat: .nominal, isSavingPower: true)), 150)
        XCTAssertEqual(looks(Pace(heat: .serious, isSavingPower: false)), 50)
    }

    func testTheFrameRateIsThatOfTheLastFrames() {
        var rate = FrameRate()
        XCTAssertNil(rate.perSecond)
        rate.add(time: 1)
        XCTAssertNil(rate.perSecond, "of one frame nobody knows")
        rate.add(time: 1.5)
        XCTAssertEqual(rate.perSecond, 2)
        for frame in 1...100 { rate.add(time: 1.5 + Double(frame) / 10) }
        XCTAssertEqual(rate.perSecond ?? 0, 10, accuracy: 1e-9, "the slow ones are long ago")
        rate.clear()
        XCTAssertNil(rate.perSecond)
    }

    func testTwoFramesOfOneTimeHaveNoRate() {
        var rate = FrameRate()
        rate.add(time: 1)
        rate.add(time: 1)
        XCTAssertNil(rate.perSecond)
    }
}
