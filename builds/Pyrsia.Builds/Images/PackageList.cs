using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pyrsia.Builds.Images;

/// <summary>An installed package.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version, with epoch and revision.</param>
/// <param name="Architecture">The architecture, or <c>all</c>.</param>
public sealed record InstalledPackage(string Name, string Version, string Architecture);

/// <summary>What is installed in an image, as its provenance names it.</summary>
public static class PackageList
{
    /// <summary>Reads dpkg's own record.</summary>
    /// <param name="status">Content of <c>/var/lib/dpkg/status</c>: stanzas of <c>Field: value</c> with an empty line between.</param>
    /// <returns>The installed packages, ordered by name and architecture.</returns>
    public static IReadOnlyList<InstalledPackage> Parse(string status) =>
    [
        .. status.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(Fields).Where(f => Value(f, "Status") == "install ok installed")
            .Select(f => new InstalledPackage(Value(f, "Package"), Value(f, "Version"), Value(f, "Architecture")))
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Architecture, StringComparer.Ordinal),
    ];

    /// <summary>Writes a list as JSON.</summary>
    public static byte[] ToJson(IReadOnlyList<InstalledPackage> packages) => JsonSerializer.SerializeToUtf8Bytes(packages, PackageListJson.Default.IReadOnlyListInstalledPackage);

    /// <summary>Reads a list from JSON.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static IReadOnlyList<InstalledPackage> FromJson(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, PackageListJson.Default.IReadOnlyListInstalledPackage) ?? throw new JsonException("There is no list.");

    private static ILookup<string, string> Fields(string stanza) =>
        stanza.Split('\n').Where(l => !l.StartsWith(' ')).Select(l => l.Split(": ", 2)).Where(f => f.Length == 2).ToLookup(f => f[0], f => f[1], StringComparer.Ordinal);

    private static string Value(ILookup<string, string> fields, string name) => fields[name].FirstOrDefault("");
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(IReadOnlyList<InstalledPackage>))]
internal sealed partial class PackageListJson : JsonSerializerContext;
