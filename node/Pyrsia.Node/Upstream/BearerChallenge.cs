using System.Net.Http.Headers;
using System.Text.RegularExpressions;

namespace Pyrsia.Node.Upstream;

/// <summary>What a registry asks for in <c>WWW-Authenticate: Bearer</c>.</summary>
/// <param name="Realm">Where a token is to be had.</param>
/// <param name="Service">The name the token service knows the registry by.</param>
/// <param name="Scope">The access that is wanted.</param>
/// <seealso href="https://distribution.github.io/distribution/spec/auth/token/"/>
internal sealed partial record BearerChallenge(Uri Realm, string? Service, string? Scope)
{
    /// <summary>The first Bearer challenge of an answer; null when there is none that can be read.</summary>
    internal static BearerChallenge? Read(HttpHeaderValueCollection<AuthenticationHeaderValue> challenges)
    {
        foreach (var challenge in challenges)
        {
            if (!challenge.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase) || challenge.Parameter is null) continue;
            var parameters = ParameterPattern().Matches(challenge.Parameter)
                .GroupBy(m => m.Groups[1].Value, StringComparer.OrdinalIgnoreCase)
                .ToDictionary(g => g.Key, g => g.First().Groups[2].Value, StringComparer.OrdinalIgnoreCase);
            if (parameters.TryGetValue("realm", out var realm) && Uri.TryCreate(realm, UriKind.Absolute, out var address))
                return new BearerChallenge(address, parameters.GetValueOrDefault("service"), parameters.GetValueOrDefault("scope"));
        }
        return null;
    }

    /// <summary>The address to ask for an anonymous token.</summary>
    internal Uri TokenAddress(string scope)
    {
        var query = $"scope={Uri.EscapeDataString(Scope ?? scope)}" + (Service is null ? "" : $"&service={Uri.EscapeDataString(Service)}");
        return new UriBuilder(Realm) { Query = Realm.Query.Length > 1 ? $"{Realm.Query[1..]}&{query}" : query }.Uri;
    }

    [GeneratedRegex("([a-zA-Z]+)=\"([^\"]*)\"", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex ParameterPattern();
}
