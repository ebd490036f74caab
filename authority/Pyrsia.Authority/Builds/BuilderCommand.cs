using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pyrsia.Builds.Images;
using Pyrsia.Node.Hosting;

namespace Pyrsia.Authority.Builds;

/// <summary><c>pyrsia-authority builder make</c>: makes a builder image of Debian packages and prints its digest.</summary>
internal static class BuilderCommand
{
    internal static Command Create()
    {
        var output = new Option<string>("--out") { HelpName = "DIR", Description = "Directory of images; gets HEX.tar, HEX.packages.json and HEX/ with HEX the digest of the tar.", Required = true };
        var suite = new Option<string>("--suite") { HelpName = "NAME", Description = "Code name of the Debian release.", DefaultValueFactory = _ => new BuilderImageRecipe().Suite };
        var packages = new Option<string>("--packages") { HelpName = "A,B", Description = "The packages, in place of the default ones. A way out of the fetch phase needs socat.", DefaultValueFactory = _ => string.Join(',', BuilderImageRecipe.DefaultPackages) };
        var mirror = new Option<string?>("--mirror") { HelpName = "URL", Description = "Where the packages come from. Default: from where this machine gets its own." };
        var epoch = new Option<long>("--epoch") { HelpName = "SECONDS", Description = "Seconds since 1970 that no time in the image is later than.", DefaultValueFactory = _ => BuilderImageRecipe.DefaultEpoch };
        var make = new Command("make", "Make a builder image. Two makings from the same packages give the same digest.") { output, suite, packages, mirror, epoch };
        make.SetAction(async (result, cancellationToken) =>
        {
            var recipe = new BuilderImageRecipe { Suite = result.GetValue(suite)!, Packages = result.GetValue(packages)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), Epoch = result.GetValue(epoch) };
            try
            {
                var store = new BuilderImageStore(result.GetValue(output)!);
                var image = await store.MakeAsync(recipe, Mirror(result.GetValue(mirror)), cancellationToken);
                Console.Out.WriteLine(JsonSerializer.Serialize(new MadeImage(image.Digest.ToString(), image.Archive, image.Root, store.Packages(image).Count), BuilderCommandJsonContext.Default.MadeImage));
            }
            catch (BuilderImageException e)
            {
                throw new StartupException(e.Message, "Mend this and make the image again; nothing was left behind.");
            }
            catch (ArgumentException e)
            {
                throw new StartupException(e.Message, "Correct the option.", isUsage: true);
            }
        });
        return new Command("builder", "Builder images: the root file systems that builds run on.") { make };
    }

    private static Uri? Mirror(string? text) => text is null ? null
        : Uri.TryCreate(text, UriKind.Absolute, out var mirror) && mirror.Scheme is "https" or "http" or "file" ? mirror
        : throw new ArgumentException($"'{text}' is no mirror: expected a URL that starts with https, http or file.");
}

/// <summary>What was made.</summary>
internal sealed record MadeImage(
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("archive")] string Archive,
    [property: JsonPropertyName("root")] string Root,
    [property: JsonPropertyName("packages")] int Packages);

[JsonSerializable(typeof(MadeImage))]
internal sealed partial class BuilderCommandJsonContext : JsonSerializerContext;
