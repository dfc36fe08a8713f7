mod conformance;
mod naive;
mod properties;
