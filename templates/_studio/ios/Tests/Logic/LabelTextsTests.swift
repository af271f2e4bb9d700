import XCTest

@testable import App

final class LabelTextsTests: XCTestCase {
    func testANameAndItsScore() {
        XCTAssertEqual(text("bowl", 0.874), "bowl 0.87")
        XCTAssertEqual(text("bowl", 0.875000001), "bowl 0.88")
        XCTAssertEqual(text("bowl", 1), "bowl 1.00")
        XCTAssertEqual(text("bowl", 0), "bowl 0.00")
    }

    func testTheNameIsCutNeverTheScore() {
        XCTAssertEqual(text("broccoli", 0.5, room: 13), "broccoli 0.50")
        XCTAssertEqual(text("broccoli", 0.5, room: 12), "brocco… 0.50")
        XCTAssertEqual(text("broccoli", 0.5, room: 7), "b… 0.50")
        XCTAssertEqual(text("broccoli", 0.5, room: 6), "0.50")
        XCTAssertEqual(text("broccoli", 0.5, room: 0), "0.50")
        XCTAssertEqual(text("broccoli", 0.5, room: -20), "0.50")
    }

    func testTheNumberOfAThingIsNeverCut() {
        XCTAssertEqual(text("broccoli", 0.5, room: 17, id: 12), "#12 broccoli 0.50")
        XCTAssertEqual(text("broccoli", 0.5, room: 16, id: 12), "#12 brocco… 0.50")
        XCTAssertEqual(text("broccoli", 0.5, room: 3, id: 12), "#12 0.50")
        XCTAssertEqual(text("", 0.5, room: 40, id: 12), "#12 0.50")
    }

    func testACutNeverTearsALetter() {
        XCTAssertEqual(text("👩‍🍳👩‍🍳👩‍🍳", 0.5, room: 7), "👩‍🍳… 0.50")
        XCTAssertEqual(text("e\u{301}e\u{301}e\u{301}", 0.5, room: 7), "e\u{301}… 0.50")
    }

    func testEachRoomIsUsedAsFarAsItGoes() {
        for room in 7...40 {
            let text = text("a name of many letters", 0.25, room: Double(room))
            XCTAssertLessThanOrEqual(text.count, room)
            XCTAssertTrue(text.hasSuffix(" 0.25"))
            if room < 27 { XCTAssertGreaterThanOrEqual(text.count, room - 1, "room is left beside «\(text)»") }
        }
    }

    func testNamesOfSeveralLinesBecomeOne() {
        XCTAssertEqual(text("soup\n\tbowl ", 0.5), "soup bowl 0.50")
        XCTAssertEqual(text("\n", 0.5), "0.50")
    }

    func testAnotherLanguageDoesNotChangeTheScore() {
        XCTAssertEqual(text("وعاء", 0.5), "وعاء 0.50")
    }

    func testALabelIsMeasuredOnceForAScoreAndARoom() {
        var count = 0
        let texts = LabelTexts(names: ["bowl"]) { text in
            count += 1
            return Double(text.count)
        }
        let first = texts.label(classIndex: 0, score: 0.871, room: 100)
        let measured = count
        XCTAssertEqual(texts.label(classIndex: 0, score: 0.869, room: 100), first)
        XCTAssertEqual(count, measured)
        XCTAssertEqual(first.width, 9)
        XCTAssertEqual(texts.label(classIndex: 0, score: 0.871, room: 8).text, "bo… 0.87")
        XCTAssertGreaterThan(count, measured)
    }

    func testMoreLabelsThanAreKeptAreStillRight() {
        let names = (0..<30).map { "class\($0)" }
        let texts = LabelTexts(names: names) { Double($0.count) }
        for _ in 0..<2 {
            for classIndex in names.indices {
                for hundredths in 0...100 {
                    let score = Double(hundredths) / 100
                    let label = texts.label(classIndex: classIndex, score: score, room: 100)
                    XCTAssertEqual(label.text, "class\(classIndex) " + String(format: "%.2f", score))
                }
            }
        }
    }

    private func text(_ name: String, _ score: Double, room: Double = 100, id: Int? = nil) -> String {
        LabelTexts(names: [name]) { Double($0.count) }
            .label(classIndex: 0, score: score, room: room, id: id).text
    }
}
