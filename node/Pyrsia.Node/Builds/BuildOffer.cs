using System.Text.Json.Serialization;

namespace Pyrsia.Node.Builds;

/// <summary>What an authority builds with.</summary>
/// <param name="Authority">Its name.</param>
/// <param name="Sandbox">What holds its builds: <c>bubblewrap</c>, <c>docker</c>, or <c>auto</c> before the first one.</param>
/// <param name="PackageTypes">The kinds of package that it builds.</param>
/// <param name="BuilderImages">The digests of its builder images.</param>
public sealed record BuildOffer(
    [property: JsonPropertyName("authority")] string Authority,
    [property: JsonPropertyName("sandbox")] string Sandbox,
    [property: JsonPropertyName("package_types")] IReadOnlyList<string> PackageTypes,
    [property: JsonPropertyName("builder_images")] IReadOnlyList<string> BuilderImages);
