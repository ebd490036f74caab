using System.Net;
using System.Net.Sockets;
using Pyrsia.Contracts;
using Pyrsia.Contracts.NodeApi;
using Pyrsia.Provenance.Specifications;

namespace Pyrsia.Cli.Builds;

/// <summary>
/// What a version's description says of its source, made into something that can be proposed. Who wrote the description may mean harm: outside test networks the repository is asked
/// by https only, at public addresses only, without redirects and credentials, and whatever comes of it is shown before anything is proposed.
/// </summary>
/// <param name="Suggestion">What the description says.</param>
/// <param name="Source">The repository with the commit that the tag leads to now; null where no tag is named.</param>
internal sealed record SuggestedSource(MappingSuggestion Suggestion, NamedSource? Source)
{
    public static async Task<SuggestedSource> FindAsync(CliContext context, string coordinate, CancellationToken cancellationToken)
    {
        var isTestNetwork = context.NetworkIfPresent()?.Genesis.TestNetwork == true;
        var suggestion = await context.Node.SuggestSourceAsync(coordinate, cancellationToken);
        if (suggestion is not { Url: not null, From: not null } || !BuildSource.IsUrl(suggestion.Url) || (suggestion.Tag is { } named && !BuildSource.IsTag(named)))
            throw new CliException("The node's suggestion is no source.", "parse", "Name the source yourself with --source URL --ref REF.", ExitCode.VerificationFailed);
        var address = new Uri(suggestion.Url);
        if (!isTestNetwork)
        {
            address = Secure(address);
            suggestion = suggestion with { Url = address.AbsoluteUri };
            await RequirePublicAsync(address.IdnHost, cancellationToken);
        }
        if (suggestion.Tag is not { } tag) return new SuggestedSource(suggestion, null);
        var reference = await GitReference.ResolveAsync(suggestion.Url, tag, context.Time, cancellationToken, isTrusted: false);
        return new SuggestedSource(suggestion, new NamedSource(suggestion.Url, reference.Commit, reference.Tag, null));
    }

    private static Uri Secure(Uri address) => address.Scheme switch
    {
        "https" => address,
        "http" when address.IsDefaultPort => new UriBuilder(address) { Scheme = "https", Port = -1 }.Uri,
        _ => throw Refused($"{address} is not https"),
    };

    private static async Task RequirePublicAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            if ((await Dns.GetHostAddressesAsync(host, cancellationToken)).All(PublicAddress.IsPublic)) return;
        }
        catch (SocketException e)
        {
            throw new CliException($"{host}, which the description names, is not found: {e.Message}", "source-unavailable", "Name the source yourself with --source URL --ref REF.", ExitCode.Failed, e);
        }
        throw Refused($"{host} has an address that is not public");
    }

    private static CliException Refused(string why) => new($"The description's source is not asked: {why}.", "source-refused", "Name the source yourself with --source URL --ref REF.", ExitCode.Failed);
}
