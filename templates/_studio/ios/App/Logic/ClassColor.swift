/// One colour for each class, the same in every picture. Parts from 0 to 1, in sRGB.
struct ClassColor: Equatable, Sendable {
    let red: Double
    let green: Double
    let blue: Double

    init(classIndex: Int) {
        self.init(rgb: Appearance.classColors[classIndex % Appearance.classColors.count])
    }

    /// `rgb` as 0xRRGGBB.
    init(rgb: Int) {
        func part(_ shift: Int) -> Double { Double(rgb >> shift & 0xFF) / 255 }
        red = part(16)
        green = part(8)
        blue = part(0)
    }

    /// Of letters on this colour.
    var letters: ClassColor {
        ClassColor(rgb: hasBlackLetters ? 0x000000 : 0xFFFFFF)
    }

    /// Whether letters on this colour are black; else they are white.
    var hasBlackLetters: Bool {
        let luma = red * Appearance.lumaRed + green * Appearance.lumaGreen + blue * Appearance.lumaBlue
        return luma * 255 > Appearance.darkestForBlackLetters
    }
}
