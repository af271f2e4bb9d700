import XCTest

@testable import App

final class ClassColorTests: XCTestCase {
    func testPartsAreTakenFromTheirBytes() {
        assertEqual(ClassColor(rgb: 0xFF8000), [1, 128.0 / 255, 0])
        assertEqual(ClassColor(rgb: 0x000001), [0, 0, 1.0 / 255])
    }

    func testAClassHasTheColourThatItHasOnEveryPlatform() {
        for (classIndex, rgb) in Appearance.classColors.enumerated() {
            XCTAssertEqual(ClassColor(classIndex: classIndex), ClassColor(rgb: rgb))
            XCTAssertEqual(ClassColor(classIndex: classIndex + Appearance.classColors.count), ClassColor(rgb: rgb))
        }
        assertEqual(ClassColor(classIndex: 0), [213.0 / 255, 94.0 / 255, 0])
    }

    func testNeighboursDoNotLookAlike() {
        for classIndex in 0..<200 {
            let (one, next) = (ClassColor(classIndex: classIndex), ClassColor(classIndex: classIndex + 1))
            let apart = abs(one.red - next.red) + abs(one.green - next.green) + abs(one.blue - next.blue)
            XCTAssertGreaterThan(apart, 0.35)
        }
    }

    func testLettersCanBeReadOnTheColour() {
        XCTAssertTrue(ClassColor(rgb: 0xFFFF00).hasBlackLetters)  // yellow
        XCTAssertTrue(ClassColor(rgb: 0xFFFFFF).hasBlackLetters)
        XCTAssertFalse(ClassColor(rgb: 0x0000FF).hasBlackLetters)  // blue
        XCTAssertFalse(ClassColor(rgb: 0x646464).hasBlackLetters)  // 100 of 255
        XCTAssertTrue(ClassColor(rgb: 0x656565).hasBlackLetters)
    }

    private func assertEqual(_ color: ClassColor, _ parts: [Double], line: UInt = #line) {
        for (value, expected) in zip([color.red, color.green, color.blue], parts) {
            XCTAssertEqual(value, expected, accuracy: 1e-9, "\(color)", line: line)
        }
    }
}
