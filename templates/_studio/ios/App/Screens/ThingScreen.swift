import SwiftUI

/// A thing that was touched: what it looks like, what the model takes it for, and how large it is.
struct ThingScreen: View {
    let thing: ShownThing

    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            List {
                Image(uiImage: thing.crop)
                    .resizable()
                    .scaledToFit()
                    .frame(maxWidth: .infinity, maxHeight: ThingScreen.highest)
                    .accessibilityLabel("picture")
                LabeledContent("thing_score", value: NumberText.score(thing.box.score))
                LabeledContent("thing_size", value: ThingWords.size(of: thing.box, in: thing.picture))
                if let track = thing.box.track { LabeledContent("thing_number", value: String(track)) }
            }
            .navigationTitle(Text(verbatim: thing.className))
            .navigationBarTitleDisplayMode(.inline)
            .toolbar { ToolbarItem(placement: .confirmationAction) { Button("done") { dismiss() } } }
        }
        .presentationDetents([.medium, .large])
    }

    private static let highest = 320.0
}
