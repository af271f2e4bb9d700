import org.gradle.api.tasks.testing.logging.TestExceptionFormat
import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    alias(libs.plugins.kotlin.jvm)
}

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
}

kotlin {
    compilerOptions {
        jvmTarget = JvmTarget.JVM_1_8
        // As in vision/build.gradle.kts
        freeCompilerArgs.add("-Xjdk-release=1.8")
    }
}

dependencies {
    implementation(project(":vision"))
    compileOnly(libs.json) // part of Android; on a laptop the tests bring it

    testImplementation(libs.json)
    testImplementation(libs.junit)
}

tasks.test {
    val vectors = rootProject.layout.projectDirectory.dir("vectors")
    inputs.dir(vectors).withPathSensitivity(PathSensitivity.RELATIVE).withPropertyName("goldenVectors")
    systemProperty("vectors", vectors.asFile.path)
    testLogging {
        exceptionFormat = TestExceptionFormat.FULL // with the message: it names the stage
    }
}
