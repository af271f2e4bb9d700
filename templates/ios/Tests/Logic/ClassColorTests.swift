import XCTest

@testable import App

final class ClassColorTests: XCTestCase {
    func testHuesOfFullColourAreTheKnownOnes() {
        let expected: [(Double, [Double])] = [
            (0, [1, 0, 0]), (60, [1, 1, 0]), (120, [0, 1, 0]), (180, [0, 1, 1]), (240, [0, 0, 1]), (300, [1, 0, 1]),
            (30, [1, 0.5, 0]),
        ]
        for (hue, parts) in expected { assertEqual(ClassColor(hue: hue, saturation: 1, brightness: 1), parts) }
        assertEqual(ClassColor(hue: 77, saturation: 0, brightness: 0.5), [0.5, 0.5, 0.5])
        assertEqual(ClassColor(hue: 77, saturation: 1, brightness: 0), [0, 0, 0])
    }

    /// The formula by sectors of the circle, as colour books have it.
    func testRandomColoursAgreeWithTheFormulaBySectors() {
        var random = RandomNumbers(seed: 4)
        for _ in 0..<1000 {
            let hue = Double.random(in: 0..<360, using: &random)
            let saturation = Double.random(in: 0...1, using: &random)
            let brightness = Double.random(in: 0...1, using: &random)
            let chroma = brightness * saturation
            let second = chroma * (1 - abs((hue / 60).truncatingRemainder(dividingBy: 2) - 1))
            let parts: [Double] =
                switch Int(hue / 60) {
                case 0: [chroma, second, 0]
                case 1: [second, chroma, 0]
                case 2: [0, chroma, second]
                case 3: [0, second, chroma]
                case 4: [second, 0, chroma]
                default: [chroma, 0, second]
                }
            assertEqual(
                ClassColor(hue: hue, saturation: saturation, brightness: brightness),
                parts.map { $0 + brightness - chroma })
        }
    }

    func testAClassHasTheColourThatItHasOnEveryPlatform() {
        assertEqual(ClassColor(classIndex: 0), [0.95, 0.1425, 0.1425])
        XCTAssertEqual(ClassColor(classIndex: 1), ClassColor(hue: 137.508, saturation: 0.85, brightness: 0.95))
        assertEqual(
            ClassColor(classIndex: 79),
            [ClassColor(hue: (79 * 137.508).truncatingRemainder(dividingBy: 360), saturation: 0.85, brightness: 0.95)]
                .flatMap { [$0.red, $0.green, $0.blue] })
    }

    func testNeighboursDoNotLookAlike() {
        for classIndex in 0..<200 {
            let (one, next) = (ClassColor(classIndex: classIndex), ClassColor(classIndex: classIndex + 1))
            let apart = abs(one.red - next.red) + abs(one.green - next.green) + abs(one.blue - next.blue)
            XCTAssertGreaterThan(apart, 0.5)
        }
    }

    func testLettersCanBeReadOnTheColour() {
        XCTAssertTrue(ClassColor(hue: 60, saturation: 1, brightness: 1).hasBlackLetters)  // yellow
        XCTAssertTrue(ClassColor(hue: 0, saturation: 0, brightness: 1).hasBlackLetters)
        XCTAssertFalse(ClassColor(hue: 240, saturation: 1, brightness: 1).hasBlackLetters)  // blue
        XCTAssertFalse(ClassColor(hue: 0, saturation: 0, brightness: 0.5).hasBlackLetters)  // 127.5 of 255
        XCTAssertTrue(ClassColor(hue: 0, saturation: 0, brightness: 0.56).hasBlackLetters)  // 142.8 of 255
    }

    private func assertEqual(_ color: ClassColor, _ parts: [Double], line: UInt = #line) {
        for (value, expected) in zip([color.red, color.green, color.blue], parts) {
            XCTAssertEqual(value, expected, accuracy: 1e-9, "\(color)", line: line)
        }
    }
}
