import XCTest

@testable import App

final class TextTests: XCTestCase {
    func testNumbersHaveAPointAndFixedDigits() {
        XCTAssertEqual(NumberText.score(0.8749), "0.87")
        XCTAssertEqual(["<1 %", "1 %", "87 %", "100 %"], [0.004, 0.006, 0.8749, 1].map(NumberText.percent))
        XCTAssertEqual(NumberText.tenths(12.34), "12.3")
        XCTAssertEqual(NumberText.tenths(1234.56), "1234.6")
        XCTAssertEqual(NumberText.difference(0.00390625), "0.00391")
        XCTAssertEqual(NumberText.difference(1.234e-7), "1.23e-07")
        XCTAssertEqual(NumberText.difference(0), "0")
    }

    func testWhatIsSeenIsSaidOnceAndNotTooOften() {
        var announcements = Announcements()
        XCTAssertEqual(announcements.next(news("1 bowl"), time: 10), "1 bowl")
        XCTAssertNil(announcements.next(news("1 bowl"), time: 20), "the same is not said again")
        XCTAssertEqual(announcements.next(news("2 bowl"), time: 20), "2 bowl")
        XCTAssertNil(announcements.next(news("3 bowl"), time: 20 + Announcements.pause - 0.1), "too soon")
        XCTAssertEqual(announcements.next(news("3 bowl"), time: 20 + Announcements.pause), "3 bowl")
    }

    func testThatNothingIsSeenIsNotSaidButThenTheSameIsNewAgain() {
        var announcements = Announcements()
        XCTAssertNil(announcements.next(news(""), time: 0))
        XCTAssertEqual(announcements.next(news("1 bowl"), time: 0), "1 bowl")
        XCTAssertNil(announcements.next(news(""), time: 5))
        XCTAssertEqual(announcements.next(news("1 bowl"), time: 10), "1 bowl")
    }

    func testForAnotherPictureItIsSaidAtOnce() {
        var announcements = Announcements()
        XCTAssertEqual(announcements.next(news("1 bowl"), time: 0), "1 bowl")
        announcements.restart()
        XCTAssertEqual(announcements.next(news("1 bowl"), time: 0.1), "1 bowl")
    }

    func testWhatItIsAboutMakesItNewNotTheWords() {
        var announcements = Announcements()
        XCTAssertEqual(announcements.next(News(words: "sky, road", subject: "0 1"), time: 0), "sky, road")
        XCTAssertNil(announcements.next(News(words: "road, sky", subject: "0 1"), time: 10))
        XCTAssertEqual(announcements.next(News(words: "road", subject: "1"), time: 20), "road")
    }

    private func news(_ words: String) -> News { News(words: words, subject: words) }
}
