namespace EventSegmentation.Segmentation.Http;

/// <summary>Reads a parameter of the address that is true or false, so that what is neither is refused by its name.</summary>
internal static class QueryTruth
{
    /// <summary>False if the parameter is missing; the result says what is wrong if it is neither.</summary>
    public static (bool Value, IResult? Problem) Read(string name, string? given) => given switch
    {
        null or "false" => (false, null),
        "true" => (true, null),
        _ => (false, Problems.BadRequest(name, $"{name} is true or false; '{given}' came.")),
    };
}
