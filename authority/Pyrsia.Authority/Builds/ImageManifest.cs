using System.Text.Json;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;

namespace Pyrsia.Authority.Builds;

/// <summary>What a manifest or an index refers to.</summary>
/// <param name="Children">Manifests below an index, each with its platform as <c>os/architecture[/variant]</c>.</param>
/// <param name="Blobs">Config and layers of a manifest.</param>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/v1.1.0/manifest.md"/>
internal sealed record ImageManifest(IReadOnlyList<(Descriptor Descriptor, string Platform)> Children, IReadOnlyList<Descriptor> Blobs)
{
    /// <summary>Reads the references of a manifest of a known media type.</summary>
    /// <exception cref="NotarizationException">It is no manifest, or refers to what nobody may pass on.</exception>
    internal static ImageManifest Parse(string mediaType, ReadOnlyMemory<byte> content)
    {
        try
        {
            using var json = JsonDocument.Parse(content);
            var root = json.RootElement;
            if (MediaTypes.IsIndex(mediaType)) return new ImageManifest([.. Items(root, "manifests").Select(item => (Read(item), Platform(item)))], []);
            return new ImageManifest([], [Read(root.GetProperty("config")), .. Items(root, "layers").Select(Read)]);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new NotarizationException(FailureReason.Denied, $"The manifest is malformed: {e.Message}", e);
        }
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement root, string name)
    {
        var items = root.GetProperty(name);
        if (items.GetArrayLength() > EntryLimits.MaxOutputs) throw new NotarizationException(FailureReason.LimitExceeded, $"The manifest refers to more than {EntryLimits.MaxOutputs} files.");
        return items.EnumerateArray();
    }

    private static Descriptor Read(JsonElement item)
    {
        var descriptor = new Descriptor(Word(item, "mediaType"), Digest.Parse(Word(item, "digest")), item.GetProperty("size").GetInt64());
        if (descriptor.Size < 0) throw new FormatException("a negative size");
        if (descriptor.MediaType.Contains("nondistributable", StringComparison.Ordinal) || descriptor.MediaType.Contains("foreign", StringComparison.Ordinal))
            throw new NotarizationException(FailureReason.Denied, $"{descriptor.Digest} is a layer that its owner does not let others distribute.");
        return descriptor;
    }

    private static string Word(JsonElement item, string name) => item.GetProperty(name).GetString() ?? throw new FormatException($"{name} is null");

    private static string Platform(JsonElement item)
    {
        if (!item.TryGetProperty("platform", out var platform) || platform.ValueKind == JsonValueKind.Null) return "";
        string Part(string name) => platform.TryGetProperty(name, out var word) ? word.GetString() ?? "" : "";
        return Part("variant").Length == 0 ? $"{Part("os")}/{Part("architecture")}" : $"{Part("os")}/{Part("architecture")}/{Part("variant")}";
    }
}
