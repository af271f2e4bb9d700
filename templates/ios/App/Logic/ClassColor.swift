/// One colour for each class, the same in every picture. Parts from 0 to 1, in sRGB.
struct ClassColor: Equatable, Sendable {
    let red: Double
    let green: Double
    let blue: Double

    init(classIndex: Int) {
        let circle = 360.0
        let hue = (Double(classIndex) * Appearance.goldenAngle).truncatingRemainder(dividingBy: circle)
        self.init(hue: hue, saturation: Appearance.saturation, brightness: Appearance.brightness)
    }

    /// `hue` in degrees from 0 to below 360, the others from 0 to 1.
    init(hue: Double, saturation: Double, brightness: Double) {
        func part(_ offset: Double) -> Double {
            let sector = (offset + hue / 60).truncatingRemainder(dividingBy: 6)
            return brightness * (1 - saturation * max(0, min(sector, 4 - sector, 1)))
        }
        red = part(5)
        green = part(3)
        blue = part(1)
    }

    /// Of letters on this colour.
    var letters: ClassColor {
        hasBlackLetters ? ClassColor(hue: 0, saturation: 0, brightness: 0) : ClassColor(hue: 0, saturation: 0, brightness: 1)
    }

    /// Whether letters on this colour are black; else they are white.
    var hasBlackLetters: Bool {
        let luma = red * Appearance.lumaRed + green * Appearance.lumaGreen + blue * Appearance.lumaBlue
        return luma * 255 > Appearance.darkestForBlackLetters
    }
}
