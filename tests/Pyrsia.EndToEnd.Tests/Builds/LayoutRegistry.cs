using System.Text.Json.Nodes;
using Pyrsia.Builds.Repositories;

namespace Pyrsia.EndToEnd.Tests.Builds;

/// <summary>The images of an OCI layout, as a registry has them below <c>/v2/</c>.</summary>
internal sealed class LayoutRegistry(string directory) : IRepository
{
    public async Task<RepositoryAnswer> GetAsync(string path, Stream into, CancellationToken cancellationToken)
    {
        if (path.Split('/') is not ["docker.io", .. var name, _, var reference]) return RepositoryAnswer.NotFound;
        var digest = reference.StartsWith("sha256:", StringComparison.Ordinal) ? reference : JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(directory, "index.json"), cancellationToken))!["manifests"]!.AsArray()
            .FirstOrDefault(m => (string?)m!["annotations"]!["org.opencontainers.image.ref.name"] == $"{string.Join('/', name)}:{reference}")?["digest"]?.ToString();
        if (digest is null) return RepositoryAnswer.NotFound;
        await using var blob = File.OpenRead(Path.Combine(directory, "blobs", "sha256", digest["sha256:".Length..]));
        await blob.CopyToAsync(into, cancellationToken);
        return RepositoryAnswer.Found;
    }
}
