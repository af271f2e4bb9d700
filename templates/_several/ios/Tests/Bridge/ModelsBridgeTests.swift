import XCTest

@testable import App

/// Each of the app's models by itself, and after another one.
final class ModelsBridgeTests: BridgeTestCase {
    override func tearDown() {
        ModelFiles.choose(ModelFiles.models[0])  // of whom all other tests are
        super.tearDown()
    }

    func testEveryModelPassesItsOwnVectors() throws {
        for model in ModelFiles.models {
            ModelFiles.choose(model)
            XCTAssertEqual(ModelInfo.modelName, model.name)
            XCTAssertEqual(ModelInfo.classNames, model.classNames)
            XCTAssertEqual(ModelInfo.precision, model.precision)
            let report = try SelfCheck.run(
                modelPath: ModelFiles.path(of: model), vectorsPath: ModelFiles.vectors(of: model))
            for stage in report.stages {
                let said = stage.problems.joined(separator: "; ")
                XCTAssertTrue(stage.isPassed, "\(model.name), \(stage.name): off by \(stage.worst) \(stage.unit): \(said)")
            }
            XCTAssertTrue(report.isPassed, model.name)
        }
    }

    func testEveryModelHasItsMetadata() throws {
        for model in ModelFiles.models {
            let text = try String(contentsOfFile: ModelFiles.metadata(of: model), encoding: .utf8)
            XCTAssertTrue(text.contains("names"), model.name)
        }
    }
}
