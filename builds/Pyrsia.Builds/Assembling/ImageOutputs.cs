using Pyrsia.Builds.Outputs;
using Pyrsia.Contracts;
using Pyrsia.Provenance.Entries;
using Pyrsia.Provenance.Packages;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Builds.Assembling;

/// <summary>Gives the pieces of an image that was put together the names that a build's outputs have, the list of its packages among them.</summary>
internal static class ImageOutputs
{
    /// <summary>Names them.</summary>
    /// <param name="specification">What was built.</param>
    /// <param name="image">The image.</param>
    /// <param name="time">The output timestamp.</param>
    /// <param name="folder">Where the list of packages goes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static async Task<IReadOnlyList<OutputFile>> NameAsync(BuildSpecification specification, AssembledImage image, DateTimeOffset time, string folder, CancellationToken cancellationToken)
    {
        var coordinate = specification.Artifacts[0].Coordinate;
        var packages = await WritePackagesAsync(PackageNames.Split(coordinate)!.Value.Name, image, time, folder, cancellationToken).ConfigureAwait(false);
        var within = Coordinate.OutputFolder(coordinate)!;
        var pieces = image.Layers.DistinctBy(layer => layer.Descriptor.Digest).Select(layer => (layer, within + DockerNames.LayerName(layer.Descriptor)))
            .Prepend((packages, within + DockerNames.PackagesName)).Prepend((image.Config, within + DockerNames.ConfigName)).Prepend((image.Manifest, within + DockerNames.ManifestName));
        return [.. pieces.Select(piece => new OutputFile(piece.Item2, piece.Item1.Path, piece.Item1.Descriptor.Size, piece.Item1.Descriptor.Digest, false))];
    }

    private static async Task<ImagePiece> WritePackagesAsync(string name, AssembledImage image, DateTimeOffset time, string folder, CancellationToken cancellationToken)
    {
        var list = CycloneDx.Write(name, time, image.Packages);
        var path = Path.Combine(folder, DockerNames.PackagesName);
        await File.WriteAllBytesAsync(path, list, cancellationToken).ConfigureAwait(false);
        return new ImagePiece(new Descriptor(MediaTypes.CycloneDx, Digest.Of(list), list.Length), path);
    }
}
