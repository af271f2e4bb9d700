import SwiftUI

/// The score below which nothing is shown, from 0 to 1.
struct ConfidenceSlider: View {
    let model: AppModel

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            LabeledContent("confidence", value: value)
                .monospacedDigit()
                .accessibilityHidden(true)  // the slider says both
            Slider(value: confidence, in: 0...1, step: 0.01) { Text("confidence") }
                .accessibilityValue(value)
        }
        .font(.subheadline)
    }

    private var value: String { NumberText.score(model.settings.confidence) }

    private var confidence: Binding<Double> {
        Binding {
            model.settings.confidence
        } set: {
            model.setConfidence($0)
        }
    }
}
