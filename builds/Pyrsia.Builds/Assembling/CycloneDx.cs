using System.Globalization;
using Pyrsia.Provenance.Formats;

namespace Pyrsia.Builds.Assembling;

/// <summary>Writes what is installed in an image as a software bill of materials: the same bytes wherever it is written.</summary>
/// <seealso href="https://cyclonedx.org/docs/1.5/json/"/>
internal static class CycloneDx
{
    /// <summary>Writes it.</summary>
    /// <param name="image">The image's full name.</param>
    /// <param name="time">The output timestamp.</param>
    /// <param name="packages">What is installed.</param>
    internal static byte[] Write(string image, DateTimeOffset time, IEnumerable<ImagePackage> packages) => CanonicalObject.Of([
        ("bomFormat", "CycloneDX"), ("specVersion", "1.5"), ("version", 1L),
        ("metadata", CanonicalObject.Of([
            ("timestamp", time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
            ("component", CanonicalObject.Of([("type", "container"), ("name", image)]))])),
        ("components", CanonicalArray.Of(packages.Select(Component)))]).ToBytes();

    private static CanonicalObject Component(ImagePackage package) => CanonicalObject.Of([
        ("type", "library"), ("name", package.Name), ("version", package.Version),
        ("purl", $"pkg:{package.Type}/{Uri.EscapeDataString(package.Name)}@{Uri.EscapeDataString(package.Version)}{(package.Architecture.Length == 0 ? "" : $"?arch={Uri.EscapeDataString(package.Architecture)}")}"),
        ("properties", CanonicalArray.Of([CanonicalObject.Of([("name", "io.pyrsia.list"), ("value", package.List)])]))]);
}
