import SwiftUI

/// The score below which nothing is shown, from 0 to 1.
struct ConfidenceSlider: View {
    @Bindable var model: AppModel

    var body: some View {
        VStack(alignment: .leading, spacing: 2) {
            LabeledContent("confidence", value: value)
                .monospacedDigit()
                .accessibilityHidden(true)  // the slider says both
            Slider(value: $model.confidence, in: 0...1) { Text("confidence") }
                .accessibilityValue(value)
        }
        .font(.subheadline)
    }

    private var value: String { NumberText.score(model.confidence) }
}
